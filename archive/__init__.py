"""The file side: what was fetched and what it says, in one SQLite file; the only place that knows SQL."""
