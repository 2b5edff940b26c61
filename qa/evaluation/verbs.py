"""English verbs: past forms -> base forms and participles, from lists of our own.

Only verbs that are listed here are ever turned into questions: a form that is guessed wrong makes bad English.
"""

from collections.abc import Iterator

_IRREGULAR = """
    beat beat beaten become became become begin began begun bear bore born bend bent bent bind bound bound
    bite bit bitten bleed bled bled blow blew blown break broke broken breed bred bred bring brought brought
    build built built burn burned burned buy bought bought catch caught caught choose chose chosen
    come came come cost cost cost creep crept crept cut cut cut deal dealt dealt dig dug dug do did done
    draw drew drawn drink drank drunk drive drove driven eat ate eaten fall fell fallen feed fed fed
    feel felt felt fight fought fought find found found flee fled fled fly flew flown forbid forbade forbidden
    forget forgot forgotten freeze froze frozen get got got give gave given go went gone grow grew grown
    hang hung hung have had had hear heard heard hide hid hidden hit hit hit hold held held hurt hurt hurt
    keep kept kept know knew known lay laid laid lead led led leave left left lend lent lent lie lay lain
    lose lost lost make made made mean meant meant meet met met outdo outdid outdone overcome overcame overcome
    oversee oversaw overseen overtake overtook overtaken overthrow overthrew overthrown pay paid paid
    put put put quit quit quit rebuild rebuilt rebuilt ride rode ridden ring rang rung rise rose risen
    run ran run say said said see saw seen seek sought sought sell sold sold send sent sent set set set
    shake shook shaken shine shone shone shoot shot shot show showed shown shrink shrank shrunk shut shut shut
    sing sang sung sink sank sunk sit sat sat sleep slept slept speak spoke spoken spend spent spent
    split split split spread spread spread spring sprang sprung stand stood stood steal stole stolen
    stick stuck stuck strike struck struck swear swore sworn swim swam swum take took taken teach taught taught
    tear tore torn tell told told think thought thought throw threw thrown undergo underwent undergone
    understand understood understood undertake undertook undertaken wear wore worn win won won
    withdraw withdrew withdrawn withstand withstood withstood write wrote written
"""

_REGULAR = """
    abandon abolish absorb accept accompany accumulate accuse achieve acknowledge acquire adapt add address admit*
    adopt advance advise affect agree aid aim allege allow amend amount annex announce answer appeal appear apply
    appoint approve argue arrange arrest arrive ask assassinate assemble assert assign assist assume assure attach
    attack attain attempt attend attract average avoid award ban* base bat* battle believe belong benefit blame block
    book boost borrow calculate call campaign cancel capture carry carve cause cede celebrate chair challenge champion
    change charge charter chase cite claim clarify clash classify clear climb clinch close coach coin collaborate
    collapse collect combine command commemorate comment commission commit* compare compensate compete compile
    complain complement complete comply compose comprise concede concentrate conclude condemn conduct confess confirm
    confiscate connect conquer consider consist constitute construct contact contain contest continue contract
    contribute control* convert convict convince cover crash create credit criticise criticize cross crown cultivate
    damage date debate debut decide declare decline decorate decrease dedicate defeat defect defend defer* define
    defraud delay deliver demand demolish demonstrate deny depart depict deploy depose derive describe design
    designate destroy detail detain detect determine develop devise devote die differ direct disappear disclose
    discontinue discover discuss dismiss disrupt dissolve distribute divide document dominate donate double draft
    drop* dunk earn edge edit educate elect elevate eliminate embark emerge emigrate emphasize employ enable enact
    encounter encourage end endorse endure enforce engage enhance enjoy enlist ensure enter equip erect escape
    establish estimate evacuate evolve examine excavate exceed exchange execute exhibit exile exist expand expect
    experience explain explode exploit explore export expose express extend face fail favor fear feature figure file
    fill film finish fire fix flood flourish flow focus follow force form formulate found fumble fund gain gather
    generate grab* grade graduate grant grill guarantee guard halt hand happen haul head help hire honor host identify
    ignore illuminate illustrate immigrate impact implement import impose impress improve inaugurate include
    incorporate increase indicate indict induct influence inform inhabit inherit initiate injure inspire install
    institute instruct integrate intend intensify intercept intervene interview introduce invade invent invest
    investigate invite invoke involve isolate issue join judge jump kick kidnap* kill knock label lack land last
    launch leak learn legalize level liberate license lift limit link list live lobby locate look lower maintain
    manage manufacture march mark market marry master match measure mention merge migrate miss mobilize model modify
    move murder name nationalize necessitate need negotiate nominate note nullify object observe obtain occupy occur
    offer open operate oppose opt* order organize originate oust outline outscore overhaul owe own pack paint
    participate partner pass patent patrol* peak perfect perform perish permit* persecute persuade photograph pick
    pilot pioneer pitch place plan* plant play plead pledge plummet* plunder point portray position possess post
    postpone pour praise preach predate predict prefer* prepare prescribe present preserve preside press prevail
    prevent print privatize proceed process proclaim produce profit prohibit promise promote prompt propose prosecute
    protect protest prove provide publicize publish pull punt purchase pursue push qualify question raid raise rally
    range rank ratify reach react realize reason reassign reassure recall recapture receive reclaim recognize
    recommend reconstruct record recover recruit redesign redirect reduce refer* reform refuse regain register reign
    reinforce reject relate release relocate rely remain remember remove rename renew renovate reopen repair repeal
    repel* replace reply report represent request require rescue research reserve resettle reshape resign resist
    resolve respond restore restrict restructure result resume retain retire retreat return reunify reunite reveal
    review revise revive revolt revolutionize reward rob* rout row rule rush sack sail sanction satirize save scale
    schedule score screen seal secure seize select sentence separate serve settle sever shape share shave shelter
    shift sign simplify slash slip* slow smuggle soar soften solve sound span* spark specialize speculate sponsor
    spot* stabilize stage star* start state stay step* stimulate stop* store strengthen stretch struggle study submit*
    succeed sue suffer suggest summon supervise supplement supply support suppress surpass surrender surround survey
    survive suspend swap* switch symbolize talk target tax terminate test testify threaten tie tolerate top* total
    tour trace trade trail train transfer* transform translate transmit* transport travel traverse treat trick trigger
    triple trounce try tumble turn tweet undermine unify unite unveil update upgrade urge use utilize vaccinate
    validate value view violate visit volunteer vote wage wait walk want warn warrant watch weaken weigh welcome widen
    wish witness work worship* wrap* yield
"""

_REPORTING = frozenset(
    """
    accept acknowledge add admit agree allege announce argue ask assert assume assure believe claim comment complain
    conclude confess confirm consider decide declare demand deny determine disclose emphasize estimate expect explain
    express fear feel find hear hope indicate inform insist intend know learn mean mention need note notice observe
    plan point predict promise propose question realize recall recommend remember reply report reveal say see seem
    show speculate state suggest tell testify think tweet understand urge vote want warn wish
    """.split()
)

# What only a person or a group of people does: "Who wrote ...?" needs no knowledge of the name.
_AGENTIVE = frozenset(
    """
    abolish accuse acquire adopt appoint approve arrest ask assassinate attend ban beat buy capture celebrate coach
    coin command commission compose condemn conduct conquer criticise criticize crown dedicate defeat demand demolish
    design dismiss donate draft draw earn edit elect employ enact endorse establish excavate execute fight file
    finance fire formulate found fund graduate grant hire honor interview invade invent invest invite kill launch lead
    lobby marry meet murder negotiate nominate occupy oppose organize oust oversee overthrow own paint patent pay
    persuade pioneer play praise preach present propose prosecute purchase raid ratify recruit reign reject replace
    resign retire rule sack score secure seize sell serve sign sing sponsor steal study sue supervise support
    swear teach testify train translate veto visit volunteer vote win write
    """.split()
)

# What is done to things rather than people: "What did ... acquire?" needs no knowledge of the name.
TAKES_THINGS = frozenset(
    """
    abandon abolish acquire adopt annex attend build buy capture carry complete compose conduct conquer construct
    contain cover create cross demolish demonstrate deploy design destroy develop devise discover dissolve
    donate draft edit enact enter establish export file finance form found fund gain host implement include install
    introduce invade invent issue join launch manufacture obtain occupy open operate organize oversee own paint patent
    plant present produce propose provide publish purchase ratify receive record reject release repair replace report
    restore resume retain sack sell study surround translate undertake unveil visit win write
    """.split()
)


def _forms() -> Iterator[tuple[str, str, str]]:
    words = _IRREGULAR.split()
    yield from zip(words[::3], words[1::3], words[2::3], strict=True)
    for word in _REGULAR.split():
        base = word.rstrip("*")
        if word.endswith("*"):
            past = base + base[-1] + "ed"
        elif base.endswith("e"):
            past = base + "d"
        elif base.endswith("y") and base[-2] not in "aeiou":
            past = base[:-1] + "ied"
        else:
            past = base + "ed"
        yield base, past, past


def _third(base: str) -> str:
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2] not in "aeiou" else base + "s"


_ALL = tuple(_forms())

# "put" and its like are left out: they may be the base form, or a noun.
PAST = {past: base for base, past, _ in _ALL if past not in (base, "lay", "bore", "fell") or base == "cost"}
"""Past form -> base form."""

# What is so for long: in the present the others tell of a moment ("Reynolds catches a pass").
_LASTING = """
    belong border comprise connect contain control cover create define employ feature flow govern hold host include
    lead lie link live maintain manage manufacture measure need occupy offer operate own permit possess produce
    prohibit provide publish represent require retain run sell separate serve set share span sponsor star surround
    teach use
"""
THIRD = {_third(base): base for base in _LASTING.split()}
"""Third person of the present -> base form; many are nouns as well."""

SPEAKS = frozenset(_third(base) for base in _REPORTING)
"""Third person of verbs that are followed by what was said or thought."""

PARTICIPLES = {participle: past for _, past, participle in _ALL}
"""Participle -> past form; the regular ones are the same."""

ONLY_PAST = frozenset(past for _, past, participle in _ALL if past not in (participle, "saw", "rose"))
"""Past forms that cannot be participles: they are always the verb of a clause."""


def is_reporting(base: str) -> bool:
    """Tell whether a verb is followed by a clause that says what was said or thought."""
    return base in _REPORTING


def is_agentive(base: str) -> bool:
    """Tell whether only people do it."""
    return base in _AGENTIVE
