"""A night's crawl, looked at the morning after: what is due, what came, what is wrong, one page that says it."""
