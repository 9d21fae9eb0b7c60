"""The owners that a schema lets us find: by names, by foreign keys, by what fills an FTS table."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from emulator.guard.schema import ROWID, ForeignKey, Schema, Table, Trigger
from emulator.guard.tokens import Token, code_of

# Compared without underscores and case: `user_id` is `userId`. The first that a table has is it.
PERSONS = ("userid", "ownerid", "accountid", "uid", "owner", "customerid", "profileid", "memberid")
TENANTS = ("tenantid", "orgid", "organizationid", "organisationid", "workspaceid", "teamid")
PERSON = re.compile(r"_(user|owner|account)_id$")
PRINCIPALS = {"users", "user", "accounts", "account", "profiles", "customers", "tenants"}
# Tables whose rows say who may see a row of another one.
GRANTS = re.compile(
    r"(shares?|sharing|members?|memberships?|participants?|collaborators?|permissions?|grants?"
    r"|access)$"
)
SHADOW = re.compile(r"_(data|idx|content|docsize|config)$")


@dataclass(frozen=True)
class Through:
    """`column` holds `key` of the row of `table` that this row belongs to."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class Ownership:
    """How rows of one table are known to be somebody's; any one of the ways is enough."""

    # Columns that hold the owner's id.
    columns: tuple[str, ...] = ()
    # Columns that name a row of a table which has an owner.
    parents: tuple[Through, ...] = ()
    # Rows that these name may be seen by whoever owns this row: shares, members.
    grants: tuple[Through, ...] = ()


Tables = dict[str, Ownership]


def found(schema: Schema, declared: Mapping[str, Ownership], shared: set[str]) -> Tables:
    plain = [
        table
        for table in schema.tables.values()
        if not table.module and table.name not in shared and not is_shadow(schema, table.name)
    ]
    owned: Tables = {name: its for name, its in declared.items() if name not in shared}
    for table in plain:
        if table.name not in owned and (its := by_grant(schema, table)):
            owned[table.name] = its
    granted = {grant.table for its in owned.values() for grant in its.grants}
    for table in plain:
        if table.name not in owned and (its := by_name(schema, table, granted)):
            owned[table.name] = its
    for table in plain:
        if table.name not in owned and (its := principal(schema, table, owned, granted)):
            owned[table.name] = its
    by_foreign_key(schema, plain, owned)
    indexes(schema, owned, shared)
    return owned


def is_shadow(schema: Schema, name: str) -> bool:
    index = schema.tables.get(SHADOW.sub("", name))
    return index is not None and bool(index.module) and index.name != name


def owner_column(table: Table, names: tuple[str, ...]) -> str | None:
    plain = {name.replace("_", ""): name for name in table.columns}
    return next((plain[name] for name in names if name in plain), None)


def person_column(table: Table) -> str | None:
    ending = (name for name in table.columns if PERSON.search(name))
    return owner_column(table, PERSONS) or next(ending, None)


def by_grant(schema: Schema, table: Table) -> Ownership | None:
    """A table of shares or members: who is in a row, and to what it lets them."""
    person = person_column(table)
    if person is None or not GRANTS.search(table.name):
        return None
    to = tuple(
        through
        for key in table.foreign_keys
        if person not in key.columns and (through := parent(schema, table, key))
    )
    return Ownership((canonical(table, person),), to, to) if to else None


def by_name(schema: Schema, table: Table, granted: set[str]) -> Ownership | None:
    """By an owner column. One that names a thing with members is a parent, not an owner."""
    column = person_column(table) or owner_column(table, TENANTS)
    if column is None:
        return None
    for key in table.foreign_keys:
        if key.columns == (column,) and key.table in granted:
            through = parent(schema, table, key)
            return Ownership(parents=(through,)) if through else None
    return Ownership((canonical(table, column),))


def principal(schema: Schema, table: Table, owned: Tables, granted: set[str]) -> Ownership | None:
    """The table of the owners themselves: its key is the owner's id."""
    if table.name in granted:
        return Ownership()
    if len(table.primary_key) != 1:
        return None
    key = canonical(table, table.primary_key[0])
    referred = any(
        other.table == table.name and canonical(known, other.columns[0]) in owned[name].columns
        for name in owned
        if (known := schema.table(name))
        for other in known.foreign_keys
    )
    return Ownership((key,)) if referred or table.name in PRINCIPALS else None


def by_foreign_key(schema: Schema, plain: list[Table], owned: Tables) -> None:
    """Children of tables with an owner, and theirs, as far as it goes."""
    more = True
    while more:
        more = False
        for table in plain:
            if table.name in owned:
                continue
            keys = [key for key in table.foreign_keys if key.table in owned]
            if keys and (its := child(schema, table, keys, owned)):
                owned[table.name], more = its, True


def child(schema: Schema, table: Table, keys: list[ForeignKey], owned: Tables) -> Ownership | None:
    """Keys that cascade say whose a row is; those set to NULL say who touched it."""
    cascading = [key for key in keys if key.cascades]
    required = [key for key in keys if set(key.columns) <= table.required]
    others = [key for key in keys if not key.columns[0].endswith("_by")]
    strong = cascading or required or others
    found = [link for key in strong if (link := parent(schema, table, key))]
    people = [link for link in found if link.key in owned[link.table].columns]
    if people:
        return Ownership(tuple(link.column for link in people))
    return Ownership(parents=tuple(found)) if found else None


def parent(schema: Schema, table: Table, key: ForeignKey) -> Through | None:
    known = schema.table(key.table)
    if known is None or len(key.columns) != 1 or key.table == table.name:
        return None
    # A foreign key that names no column means the primary key.
    named = key.references[0] or (known.primary_key[0] if known.primary_key else ROWID)
    return Through(canonical(table, key.columns[0]), key.table, canonical(known, named))


def canonical(table: Table, column: str) -> str:
    return table.column(column) or column


def indexes(schema: Schema, owned: Tables, shared: set[str]) -> None:
    """FTS tables hold their content's text: their rows belong to whom its rows belong."""
    for table in schema.tables.values():
        if table.module.startswith("fts") and table.name not in shared | owned.keys():
            index_of(schema, table, owned)
    for table in schema.tables.values():
        base = table.content if table.module == "fts5vocab" else SHADOW.sub("", table.name)
        if base in owned and base != table.name and table.name not in owned | dict.fromkeys(shared):
            if table.module == "fts5vocab" or is_shadow(schema, table.name):
                # Everybody's words: no condition binds them to one owner.
                owned[table.name] = Ownership()


def index_of(schema: Schema, table: Table, owned: Tables) -> None:
    links = list(links_of(schema, table))
    columns = [person] if (person := person_column(table)) else []
    columns += [i for i, content, c in links if content in owned and c in owned[content].columns]
    parents = tuple(
        Through(mine, content, theirs)
        for mine, content, theirs in links
        if content in owned and (theirs,) in (*schema.tables[content].keys, (ROWID,))
    )
    if columns or parents:
        # A row of the index and one of its content are the same row.
        same = parents if columns else ()
        owned[table.name] = Ownership(tuple(dict.fromkeys(columns)), parents, same)


def links_of(schema: Schema, table: Table) -> Iterator[tuple[str, str, str]]:
    """Column of the index, its content's table, the column there that has the same value."""
    if table.content and (content := schema.table(table.content)):
        yield ROWID, content.name, canonical(content, table.content_rowid)
    for trigger in schema.triggers:
        content = schema.table(trigger.table)
        if content is not None and trigger.event == "INSERT":
            for mine, theirs in filled(trigger, table.name):
                yield table.column(mine) or mine, content.name, canonical(content, theirs)


def filled(trigger: Trigger, table: str) -> Iterator[tuple[str, str]]:
    """`INSERT INTO table (a, b) VALUES (new.x, new.y)`: a and x, b and y."""
    for statement in trigger.statements:
        code = code_of(statement)
        words = [token.word for token in code]
        if words[:3] != ["insert", "into", table] or "values" not in words:
            continue
        middle = words.index("values")
        for column, value in zip(parts(code[3:middle]), parts(code[middle + 1 :]), strict=False):
            if len(value) == 3 and value[0].word == "new" and len(column) == 1:
                yield column[0].word, value[2].word


def parts(code: list[Token]) -> list[list[Token]]:
    """What stands between the commas of `(…, …)`."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in code:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            break
        if token.text == "," and depth == 1:
            found.append([])
        elif not (token.text == "(" and depth == 1):
            found[-1].append(token)
    return found
