"""What SQLite's opcodes do to the flow of control, taken from its 3.53.2 source.

3.54.1 has the same ones without IfNotOpen. An opcode that is not listed makes no count exact.
"""

# Those marked "jump" there, and SequenceTest and SorterCompare, which jump unmarked.
JUMPS = frozenset(
    """
    DecrJumpZero ElseEq Eq Filter FkIfZero Found Ge Gt IFindKey IdxGE IdxGT IdxLE IdxLT If
    IfEmpty IfNoHope IfNot IfNotOpen IfNotZero IfNullRow IfPos IfSizeBetween IncrVacuum IsNull
    IsType Last Le Lt MustBeInt Ne Next NoConflict NotExists NotFound NotNull Once Prev Rewind
    RowSetRead RowSetTest SeekGE SeekGT SeekLE SeekLT SeekRowid SequenceTest Sort SorterCompare
    SorterNext SorterSort VFilter VNext
    """.split()
)
# These go elsewhere than on, or to P2 by their own rules; flow.py knows each.
SPECIAL = frozenset(
    """
    EndCoroutine Gosub Goto Halt Init InitCoroutine Jump Program Return SeekScan Yield
    """.split()
)
STRAIGHT = frozenset(
    """
    Abortable Add AddImm Affinity AggFinal AggInverse AggStep AggStep1 AggValue And AutoCommit
    BeginSubrtn BitAnd BitNot BitOr Blob Cast Checkpoint Clear Close ClrSubtype CollSeq Column
    ColumnsUsed Compare Concat Copy Count CreateBtree CursorHint CursorLock CursorUnlock
    DeferredSeek Delete Destroy Divide DropIndex DropTable DropTrigger Expire Explain FilterAdd
    FinishSeek FkCheck FkCounter Function GetSubtype HaltIfNull IdxDelete IdxInsert IdxRowid
    Insert Int64 IntCopy Integer IntegrityCk IsTrue JournalMode LoadAnalysis MakeRecord MaxPgcnt
    MemMax Move Multiply NewRowid Noop Not Null NullRow Offset OffsetLimit OpenAutoindex OpenDup
    OpenEphemeral OpenPseudo OpenRead OpenWrite Or Pagecount Param ParseSchema Permutation
    PureFunc ReadCookie Real RealAffinity ReleaseReg Remainder ReopenIdx ResetCount ResetSorter
    ResultRow RowCell RowData RowSetAdd Rowid SCopy Savepoint SeekEnd SeekHit Sequence
    SetCookie SetSubtype ShiftLeft ShiftRight SoftNull SorterData
    SorterInsert SorterOpen SqlExec String String8 Subtract TableLock Trace Transaction TypeCheck
    VBegin VCheck VColumn VCreate VDestroy VInitIn VOpen VRename VUpdate Vacuum Variable
    ZeroOrNull
    """.split()
)
KNOWN = JUMPS | SPECIAL | STRAIGHT

SEEKS = frozenset({"SeekGE", "SeekGT", "SeekLE", "SeekLT"})
STEPS = frozenset({"Next", "Prev", "SorterNext"})
SORTS = frozenset({"Sort", "SorterSort"})
# A cursor steps on only after one of these; after the first ones only if they found something.
FINDS = SEEKS | SORTS | frozenset({"Last", "Rewind", "VFilter"})
POSITIONS = frozenset(
    """
    Found IFindKey IdxInsert IfEmpty IfNoHope IfSizeBetween Insert NoConflict NotExists NotFound
    SeekEnd SeekRowid
    """.split()
)
OPENS_STORED = frozenset({"OpenRead", "OpenWrite", "ReopenIdx", "VOpen"})
OPENS_TRANSIENT = frozenset({"OpenAutoindex", "OpenDup", "OpenEphemeral"})
# Their nested statements change rows too and blur sqlite3_total_changes().
NESTED_CHANGES = frozenset({"SqlExec", "VCreate", "VDestroy", "VRename", "VUpdate"})

# Where an opcode may write a register: P2 unless it is an address or listed, P3 unless listed.
WRITES_P1 = frozenset(
    {"AddImm", "Affinity", "AggFinal", "Cast", "MemMax", "Move", "RealAffinity", "SoftNull"}
)
READS_P2 = frozenset(
    """
    Affinity Delete Goto Gosub Halt HaltIfNull IdxDelete IdxInsert Init InitCoroutine Insert
    MakeRecord OpenRead OpenWrite OpenEphemeral ResultRow ReopenIdx SorterInsert Transaction
    Column VColumn Yield Compare
    """.split()
)
READS_P3 = (JUMPS - {"RowSetRead"}) | frozenset(
    """
    Affinity DeferredSeek IdxDelete IdxInsert Insert Integer OpenEphemeral OpenRead OpenWrite
    ReopenIdx ResultRow Return Rowid SCopy SorterInsert Transaction Variable VUpdate Copy Move
    """.split()
)
INTEGERS = frozenset({"IdxRowid", "Integer", "NewRowid", "Rowid", "Sequence"})

# Flags of SQLite's sqliteInt.h in P5 (P2 for Delete).
FLAG_CHANGE = 0x01
FLAG_SEEK_EQUAL = 0x02
FLAG_NO_OPERATION = 0x40
ON_CONFLICT_IGNORE = 4
