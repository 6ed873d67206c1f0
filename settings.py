"""Scrapy's settings for gongkai: only departures from its defaults, each with the default and the reason."""

from __future__ import annotations

import os

BOT_NAME = "gongkai"  # default "scrapybot"
SPIDER_LOADER_CLASS = "crawler.loader.PortalLoader"  # default reads Python modules: a portal file is a spider here

# ---------------------------------------------------------------- ours

GONGKAI_ARCHIVE = os.environ.get("GONGKAI_ARCHIVE", "gongkai.db")
GONGKAI_PORTALS = [folder for folder in os.environ.get("GONGKAI_PORTALS", "").split(os.pathsep) if folder]
GONGKAI_CONTACT = os.environ.get("GONGKAI_CONTACT", "")  # who runs this crawl: a mail address or a page
GONGKAI_VALIDATORS = "pipelines.desk.validators"  # empty: fetch everything in full
GONGKAI_LISTINGS = "pipelines.desk.listings"  # has answers to requests for lists read beside the event loop
GONGKAI_COLUMNS = "pipelines.desk.columns"  # knows where an earlier run found a portal's column
GONGKAI_MEMORIES = "pipelines.desk.memories"  # knows what earlier runs saw of a list; empty: walk all to their end
GONGKAI_FULL_WALK = 30.0  # days after which a list is walked to its end though nothing on its first pages is new
GONGKAI_AGENDA = "pipelines.desk.agenda"  # knows which reports are due again; empty: ask for all that the lists lead to
GONGKAI_READER = "crawler.families.reading:read"  # by this
GONGKAI_RETRY_PAUSE = 5.0  # seconds before a second try, doubled for the third
# Networks that host names may lead into though they are private, such as 198.18.0.0/15 of a proxy that gives every name
# an address of its own: 10.0.0.0/8,fd00::/8.
GONGKAI_PRIVATE = [network for network in os.environ.get("GONGKAI_PRIVATE", "").split(",") if network]

# ---------------------------------------------------------------- manners

# default "Scrapy/… (+https://scrapy.org)": say who crawls and whom to ask
USER_AGENT = "gongkai/0.1 (archive of annual reports on information disclosure" + (
    f"; +{GONGKAI_CONTACT})" if GONGKAI_CONTACT else ")"
)
ROBOTSTXT_OBEY = True  # default False
# default 16, and each portal has its own: what stands in this queue is still fetched after Ctrl-C, at the host's pace
CONCURRENT_REQUESTS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # default 8: small county servers, and some answer 400 to a second connection
# Default 0, with which Scrapy 2.19 also opens several connections before it counts the first. Two seconds is what
# audits of these portals use; a portal file's [access] delay overrides it.
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0.0  # default 0.5: a delay is a promise, and half of a Crawl-delay would break it
# AutoThrottle stays off, as by default: one connection and a fixed delay a host are gentler than what it converges to.

# ---------------------------------------------------------------- every exchange is a visit

REDIRECT_ENABLED = False  # default True: the spider follows, hop by hop, and never off the portal's hosts
METAREFRESH_ENABLED = False  # default True: it follows without asking whose host it is
RETRY_ENABLED = False  # default True: the spider tries again, with a pause, and each try is a visit
HTTPERROR_ALLOW_ALL = True  # default False: an error page is evidence too
DOWNLOAD_FAIL_ON_DATALOSS = False  # default True: a body cut short is kept and called truncated
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # default RFPDupeFilter: the spider knows what it asked for
# default Lifo…: in the order of the list, newest first; and packed, since many portals have tens of thousands waiting
SCHEDULER_MEMORY_QUEUE = "crawler.waiting.Packed"
DOWNLOAD_HANDLERS = {  # default HTTP11DownloadHandler: ours notes when a request really went out
    "http": "crawler.handler.Clocked",
    "https": "crawler.handler.Clocked",
}
TWISTED_DNS_RESOLVER = "crawler.resolver.Resolver"  # default CachingThreadedResolver: it knows IPv4 only
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # default 50: the spider checks hosts exactly
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # default 590: ours, below
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # default 100: ours, which follows redirects
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,  # default 700: ours, with a limit
    "crawler.middlewares.robots.Robots": 100,
    "crawler.middlewares.reach.Reach": 110,
    "crawler.middlewares.unpack.Unpack": 590,
    "crawler.middlewares.cookies.Cookies": 700,
    "crawler.middlewares.revisit.Revisit": 720,
}
EXTENSIONS = {
    "crawler.manners.Manners": 0,
    "crawler.stopping.Stopping": 0,
    "scrapy.extensions.remote_control.RemoteControl": None,  # not used, and a third of a second to import
}
ITEM_PIPELINES = {"pipelines.live.Keep": 100, "pipelines.live.Derive": 200, "pipelines.live.File": 300}

# ---------------------------------------------------------------- limits

DOWNLOAD_TIMEOUT = 60  # default 180: slow county sites take 3 to 15 seconds a page
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024  # default 1 GiB: scanned reports reach tens of megabytes; larger is `too_large`
# Default 5 MB: fetching runs ahead of derivation, which is slower, by as much as fits here.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 128 * 1024 * 1024
CONCURRENT_ITEMS = 2  # default 100: Scrapy starts as many tasks for every answer, and an answer is one visit here

# ---------------------------------------------------------------- nothing listens, logs stay short

REMOTE_CONTROL_ENABLED = False  # default True: an HTTP server that runs code in the crawl
TELNETCONSOLE_ENABLED = False  # default True: the same over telnet
LOG_LEVEL = "INFO"  # default "DEBUG": writes out every item, bodies included
LOG_FORMATTER = "crawler.manners.Terse"  # default writes out the item of every error, body included
