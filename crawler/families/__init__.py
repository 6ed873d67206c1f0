"""The families of content management systems. Each is a module with its manual; a page tells which one made it.

A family's module has a `FAMILY`. All share the generic reader; a family only adds what that cannot know: its marks,
and the interfaces from which its scripts draw a list.
"""

# Most frequent first; loaded in the processes that read listings.
FAMILIES: dict[str, str] = {
    "trs": "crawler.families.trs",
    "ucap": "crawler.families.ucap",
    "hanweb": "crawler.families.hanweb",
    "lonsun": "crawler.families.lonsun",
    "vsb": "crawler.families.vsb",
    "epoint": "crawler.families.epoint",
    "harbin": "crawler.families.harbin",
    "aspnet": "crawler.families.aspnet",
    "gkmlpt": "crawler.families.gkmlpt",
    "shanghai": "crawler.families.shanghai",
}
# Those that `smaller.toml` tells by marks alone.
SMALLER = (
    *("pclist", "channels", "henan", "numbered", "jeecms", "siteserver", "hebei", "cmshtml", "xxgklist", "ilist"),
    *("channelhex", "hunan", "jingzhou", "phpcms", "asp", "directory"),
)
NAMES = ("generic", *FAMILIES, *SMALLER)  # what a portal file may say
