"""A profile of round numbers, whose waits can be added up in one's head."""

TEXT = """
[profile]
name = "by-hand"
date = "2026-11-26"
client = "WEUR"
home = "ENAM"

[[network]]
product = "*"
door = "rest"
client = "*"
home = "*"
fixed = 200
source = "by hand"

[[network]]
product = "*"
door = "edge"
client = "*"
home = "*"
fixed = 20
source = "by hand"

[[network]]
product = "d1"
door = "rest"
client = "WEUR"
home = "WEUR"
fixed = 1
source = "by hand: of other regions than the profile's own"

[[network]]
product = "d1"
door = "rest"
client = "WEUR"
home = "ENAM"
fixed = 100
source = "by hand"

[[network]]
product = "d1"
door = "binding"
client = "WEUR"
home = "ENAM"
fixed = 60
source = "by hand"

[[network]]
product = "d1"
door = "replica"
client = "WEUR"
home = "*"
fixed = 20
source = "by hand"

[[network]]
product = "supabase"
door = "rest"
client = "WEUR"
home = "ENAM"
fixed = 80
source = "by hand"

[[network]]
product = "supabase"
door = "binding"
client = "WEUR"
home = "*"
fixed = 40
source = "by hand"

[[service]]
product = "d1"
operation = "read"
queue = "database"
fixed = 10
source = "by hand"

[[service]]
product = "d1"
operation = "write"
queue = "database"
fixed = 30
source = "by hand"

[[service]]
product = "kv"
operation = "read_hot"
fixed = 10
source = "by hand"

[[service]]
product = "kv"
operation = "read_cold"
fixed = 50
source = "by hand"

[[service]]
product = "kv"
operation = "write"
fixed = 70
source = "by hand"

[[service]]
product = "r2"
operation = "get"
fixed = 40
source = "by hand"

[[service]]
product = "ai_gateway"
operation = "hit"
fixed = 10
source = "by hand"

[[service]]
product = "ai_gateway"
operation = "miss"
fixed = 20
source = "by hand"

[[service]]
product = "ai"
operation = "generate"
fixed = 300
source = "by hand"

[[service]]
product = "workers"
operation = "request"
fixed = 10
source = "by hand"

[[service]]
product = "supabase"
operation = "rest_read"
queue = "postgres"
fixed = 500
source = "by hand"

[queue.database]
servers = 1
source = "by hand"

[queue.postgres]
servers = 2
seconds = 0.6
source = "by hand"
"""
