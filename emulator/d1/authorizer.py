"""What SQL may do: workerd's refusals as a SQLite authorizer (`cloudflare-behaviour` §2.7).

SQLite asks while it prepares a statement, so a refused statement has done nothing yet. The
function and PRAGMA lists were compared with workerd 2026-11-17, name by name.
"""

import re

import apsw

ALLOWED_FUNCTIONS = frozenset(
    """
    abs changes char coalesce concat concat_ws format glob hex ifnull iif instr
    last_insert_rowid length like likelihood likely load_extension lower ltrim max min nullif
    octet_length printf quote random randomblob replace round rtrim sign substr substring
    total_changes trim typeof unhex unicode unlikely upper zeroblob
    current_date current_time current_timestamp date datetime julianday strftime time timediff
    unixepoch
    avg count group_concat string_agg sum total
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    row_number
    json json_array json_array_length json_extract json_group_array json_group_object
    json_insert json_object json_patch json_quote json_remove json_replace json_set json_type
    json_valid jsonb jsonb_array jsonb_extract jsonb_group_array jsonb_group_object
    jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set -> ->>
    match highlight bm25 snippet rtreecheck
    acos acosh asin asinh atan atan2 atanh ceil cos cosh degrees exp floor ln log log2 mod pi
    pow radians sin sinh sqrt tan tanh trunc
    """.split()
)
# ALTER TABLE uses them inside; SQLite lets no one else call them.
ALTER_FUNCTIONS = re.compile(r"sqlite_(rename|drop|add|find|fail)(_\w+)?")
# workerd's SQLite does not have these, ours does.
ABSENT_FUNCTIONS = re.compile(
    r"geopoly_\w+|fts3_tokenizer|matchinfo|offsets|optimize|median|percentile\w*|carray\w*"
)
ABSENT_TABLES = frozenset({"dbstat", "carray", "sqlite_dbpage", "sqlite_stmt", "bytecode"})

ALLOWED_MODULES = frozenset({"fts5", "fts5vocab"})

PRAGMAS_WITHOUT_ARGUMENT = frozenset({"data_version", "page_size", "table_list"})
PRAGMAS_WITH_ARGUMENT = frozenset(
    "table_list table_info table_xinfo index_list index_info index_xinfo foreign_key_list".split()
)
PRAGMAS_WITH_OR_WITHOUT = frozenset({"foreign_key_check", "quick_check"})
PRAGMA_SWITCHES = frozenset(
    "case_sensitive_like foreign_keys defer_foreign_keys ignore_check_constraints"
    " legacy_alter_table recursive_triggers reverse_unordered_selects".split()
)
SWITCH_VALUES = frozenset("0 1 on off true false yes no".split())
WHOLE_NUMBER = re.compile(r"-?(0x[0-9a-f]+|\d+)", re.IGNORECASE)

TRANSACTION_REFUSAL = (
    "To execute a transaction, please use the state.storage.transaction() or"
    " state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT"
    " statements. The JavaScript API is safer because it will automatically roll back on"
    " exceptions, and because it interacts correctly with Durable Objects' automatic atomic"
    " write coalescing."
)

TEMPORARY = frozenset(
    {
        apsw.SQLITE_CREATE_TEMP_INDEX,
        apsw.SQLITE_CREATE_TEMP_TABLE,
        apsw.SQLITE_CREATE_TEMP_TRIGGER,
        apsw.SQLITE_CREATE_TEMP_VIEW,
        apsw.SQLITE_DROP_TEMP_INDEX,
        apsw.SQLITE_DROP_TEMP_TABLE,
        apsw.SQLITE_DROP_TEMP_TRIGGER,
        apsw.SQLITE_DROP_TEMP_VIEW,
    }
)
SCHEMA = frozenset(
    {
        apsw.SQLITE_ALTER_TABLE,
        apsw.SQLITE_ANALYZE,
        apsw.SQLITE_CREATE_INDEX,
        apsw.SQLITE_CREATE_TABLE,
        apsw.SQLITE_CREATE_TRIGGER,
        apsw.SQLITE_CREATE_VIEW,
        apsw.SQLITE_CREATE_VTABLE,
        apsw.SQLITE_DROP_INDEX,
        apsw.SQLITE_DROP_TABLE,
        apsw.SQLITE_DROP_TRIGGER,
        apsw.SQLITE_DROP_VIEW,
        apsw.SQLITE_DROP_VTABLE,
        apsw.SQLITE_REINDEX,
    }
)
ROW_WRITES = frozenset({apsw.SQLITE_INSERT, apsw.SQLITE_UPDATE, apsw.SQLITE_DELETE})


class Authorizer:
    """Answers SQLite's questions and remembers what the statement being prepared will do."""

    def __init__(self) -> None:
        # Our own statements (BEGIN, COMMIT, PRAGMA page_count) are asked about as well.
        self.trusting = False
        self.forget()

    def forget(self) -> None:
        """Make ready for the next statement."""
        self.refusal: str | None = None
        self.changes_schema = False
        self.sets_pragma = False

    def __call__(
        self, action: int, first: str | None, second: str | None, schema: str | None, _: str | None
    ) -> int:
        if self.trusting:
            return apsw.SQLITE_OK
        allowed = self._allows(action, first or "", second, schema)
        return apsw.SQLITE_OK if allowed else apsw.SQLITE_DENY

    def _allows(self, action: int, first: str, second: str | None, schema: str | None) -> bool:
        if action == apsw.SQLITE_FUNCTION:
            return self._allows_function((second or "").lower())
        if action == apsw.SQLITE_READ:
            return self._allows_reading(first)
        if action == apsw.SQLITE_PRAGMA:
            return self._allows_pragma(first.lower(), second)
        if action in (apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT):
            self.refusal = TRANSACTION_REFUSAL
            return False
        if action in ROW_WRITES:
            return not is_reserved(first)
        if action in SCHEMA:
            self.changes_schema = True
            return allows_schema_change(action, first, second, schema)
        return action in (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE)

    def _allows_function(self, name: str) -> bool:
        if ABSENT_FUNCTIONS.fullmatch(name):
            self.refusal = f"no such function: {name}: SQLITE_ERROR"
            return False
        return name in ALLOWED_FUNCTIONS or ALTER_FUNCTIONS.fullmatch(name) is not None

    def _allows_reading(self, table: str) -> bool:
        if table.lower() in ABSENT_TABLES:
            self.refusal = f"no such table: {table}: SQLITE_ERROR"
            return False
        return not is_reserved(table)

    def _allows_pragma(self, name: str, argument: str | None) -> bool:
        if name in PRAGMA_SWITCHES:
            self.sets_pragma |= argument is not None
            return argument is None or argument.lower() in SWITCH_VALUES
        if name == "optimize":
            # It may run ANALYZE.
            self.changes_schema = True
            return argument is None or WHOLE_NUMBER.fullmatch(argument) is not None
        return (
            name in PRAGMAS_WITH_OR_WITHOUT
            or (argument is None and name in PRAGMAS_WITHOUT_ARGUMENT)
            or (argument is not None and name in PRAGMAS_WITH_ARGUMENT)
        )


def allows_schema_change(action: int, first: str, second: str | None, schema: str | None) -> bool:
    if action in (apsw.SQLITE_CREATE_VTABLE, apsw.SQLITE_DROP_VTABLE):
        return (second or "").lower() in ALLOWED_MODULES and not is_reserved(first)
    if schema == "temp":
        return False
    if action == apsw.SQLITE_ANALYZE:
        # It visits every table, D1's own too.
        return True
    # ALTER TABLE names the schema first; triggers and indexes name their table second.
    return not is_reserved(first) and not is_reserved(second or "")


def is_reserved(name: str) -> bool:
    """Names that begin with `_cf_` are D1's own, in any case."""
    return name[:4].lower() == "_cf_"
