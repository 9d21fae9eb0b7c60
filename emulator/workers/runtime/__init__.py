"""The processes that run scripts: one workerd for each, started when it is first needed."""
