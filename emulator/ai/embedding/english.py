"""What the offline embedder knows of English: words that say little, and words that say less."""

# Words of grammar: next to nothing of a text's subject is in them.
STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are aren't as at be because been
    before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each either else etc ever few for from further had hadn't has
    hasn't have haven't having he he'd he'll he's her here here's hers herself him himself his how
    how's however i i'd i'll i'm i've if in into is isn't it it's its itself just let's may me
    might more most must mustn't my myself neither no nor not of off often on once only or other
    ought our ours ourselves out over own per perhaps please quite rather s same shall shan't she
    she'd she'll she's should shouldn't since so some such t than that that's the their theirs
    them themselves then there there's these they they'd they'll they're they've this those
    though through to too toward towards under until up upon us very via was wasn't we we'd we'll
    we're we've were weren't what what's when when's where where's whether which while who who's
    whom whose why why's will with within without won't would wouldn't yes yet you you'd you'll
    you're you've your yours yourself yourselves
    """.split()
)

# Everyday words: they say something, but most texts have some of them.
COMMON_WORDS = frozenset(
    """
    able accept act add age ago agree allow almost alone along already always among amount answer
    anyone anything appear apply area around arrive ask available away back bad base become begin
    behind believe best better big bit bring build busy buy call care carry case cause center
    certain chance change check choose clear close come common company complete consider contain
    continue control cost country course create current cut date day deal decide deep describe
    detail develop die different difficult direct done draw drive drop early easy eat effect effort
    either end enjoy enough enter entire especially even event every everyone everything exact
    example except exist expect experience explain face fact fall family far fast feel field fill
    final find fine finish first fit five focus follow force form forward four free friend full
    future general get give glad go goal good great group grow half hand happen happy hard head
    hear heart help high hold home hope hour house hundred idea imagine important improve include
    increase indeed information inside instead interest involve issue join keep kind know large
    last late lead learn least leave left less let level life light like likely line list listen
    little live local long look lose lot love low main make man many matter mean meet member method
    mind minute miss moment month move much name national natural near nearly necessary need never
    new next nice night nothing notice now number offer old one open opportunity order others
    outside page part particular pass past pay people perform period person pick piece place plan
    play point possible power prepare present pretty probably problem process produce provide put
    question quick quickly raise range reach read ready real really reason receive recent
    regular remain remember report require rest result return right rise role run say second
    see seek seem send sense serve set seven several share short show side simple simply single
    sit site situation six size skill slow small someone something sometimes soon sort sound
    speak special spend stand start state stay step still stop strong subject suggest sure system
    take talk task team tell ten term thank thing think third thought thousand three time
    today together tomorrow top total touch true try turn two type understand unit use usual
    various view visit wait walk want watch way week weekend well whole wide wish woman wonder
    word work world write wrong year yesterday young
    """.split()
)
