"""The queries that read a database's catalogue, each once for all tables."""

OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master"

COLUMNS = """SELECT m.name AS tbl, c.name, c.type, c."notnull", c.pk
FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
WHERE m.type = 'table' ORDER BY m.name, c.cid"""

UNIQUES = """SELECT m.name AS tbl, i.name AS idx, c.name
FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
WHERE m.type = 'table' AND i."unique" AND i.origin <> 'pk' ORDER BY m.name, i.seq, c.seqno"""

FOREIGN_KEYS = """SELECT m.name AS tbl, f.id, f."table", f."from", f."to", f.on_delete
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq"""
