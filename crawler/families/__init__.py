"""The kinds of portal: a family is code, a portal is data that names its family."""

# By the name a portal file may give; the class is loaded when a spider is made, so that reading portal files is cheap.
FAMILIES = {"generic": "crawler.families.generic.Generic"}
