"""The commands that do more than look something up."""
