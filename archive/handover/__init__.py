"""Handing captures over to other tools as WARC and WACZ, and taking in what other crawlers made."""
