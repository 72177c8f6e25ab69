"""Files as they come: other encodings, delimiters, headers and wrappings; each is summarised to the cent."""

import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import ack_999, remittance_835
from x12.cli import main
from x12.examining import Summary, examine
from x12.findings import Finding, Report
from x12.showing import show
from x12.tokenizing import Tokenizer

EXAMPLES = Path(__file__).parent / "examples"
FILES = {path.stem: path.read_bytes() for path in sorted(EXAMPLES.glob("*/*.*"))}
ERA = FILES["X221-multiple-claims-single-check"].replace(b"\n", b"").replace(b"\r", b"")
ISA, REST = ERA[:106], ERA[106:]
SUMMARY = {
    "set": "835", "version": "005010X221A1", "claims": 9, "lines": 33, "charge_cents": 281_900, "paid_cents": 81_080,
    "adjustment_cents": 200_820, "plb_cents": 0, "statuses": {"1": 9},
}  # fmt: skip


def summaries(data: bytes) -> list[dict[str, object]]:
    return [each.as_dict() for each in examine(data) if isinstance(each, Summary)]


def codes(data: bytes) -> Counter[str]:
    """Of structure; what the rules find in the examples' codes does not belong here."""
    return Counter(each.code for each in examine(data, rules=False) if isinstance(each, Finding))


def wrapped(data: bytes, width: int, line_break: bytes) -> bytes:
    return line_break.join(data[at : at + width] for at in range(0, len(data), width))


def without(header: bytes, at: int) -> bytes:
    elements = header.split(b"*")
    return b"*".join([*elements[:at], *elements[at + 1 :]])


HARMLESS = {
    "UTF-8 mark": b"\xef\xbb\xbf" + ERA,
    "carriage return and line feed as terminator": ERA.replace(b"~", b"\r\n"),
    "carriage return as terminator": ERA.replace(b"~", b"\r"),
    "line feed as terminator": ERA.replace(b"~", b"\n"),
    "line feed before the terminator": ERA.replace(b"~", b"\n~"),
    "pipes and line feeds": ERA.replace(b"*", b"|").replace(b"~", b"\n"),
    "apostrophes": ERA.replace(b"~", b"'"),
    "control characters": ERA.replace(b"*", b"\x1d").replace(b"~", b"\x1c").replace(b":", b"\x1f"),
    "indented": ERA.replace(b"~", b"~\n\t  "),
    "wrapped at 80": wrapped(ERA, 80, b"\r\n"),
    "wrapped at 64": wrapped(ERA, 64, b"\n"),
    "wrapped in a segment id": ERA.replace(b"CLP*", b"CL\r\nP*"),
    "blank segments": ERA.replace(b"~", b"~~"),
    "zero bytes": b"\0" * 3000 + ERA.replace(b"~", b"~\0") + b"\0" * 5000,
    "tabs as separators": ERA.replace(b"*", b"\t"),
    "hard blanks": ERA.replace(b"~", b"~\xc2\xa0"),
    "records of 80": b"".join((each + b"~").ljust(80) for each in ERA.rstrip(b"~").split(b"~")),
    "form feeds": ERA.replace(b"~", b"~\x0c"),
    "trailing separators": ISA + REST.replace(b"~", b"***~"),
    "breaks of no width": ERA.replace(b"~", "~\u200b".encode()),
    "blanks behind terminators at the ends of lines": ERA.replace(b"~", b"~  \r\n"),
    "Latin-1 names": ERA.replace(b"NM1*QC*1*", b"NM1*QC*1*\xe9"),
    "UTF-8 names": ERA.replace(b"NM1*QC*1*", b"NM1*QC*1*\xc3\xa9"),
    "no last terminator": ERA.rstrip(b"~"),
    "masked ids": ISA.replace(b"123456789      ", b"X" * 15).replace(b"987654321      ", b"X" * 15) + REST,
}
FAULTY = {
    "UTF-16": (ERA.decode().encode("utf-16"), "TA105-024"),
    "UTF-16 without mark": (ERA.decode().encode("utf-16-le"), "TA105-024"),
    "UTF-16 big end first": (ERA.decode().encode("utf-16-be"), "TA105-024"),
    "UTF-32": (ERA.decode().encode("utf-32"), "TA105-024"),
    "EBCDIC": (ERA.decode().encode("cp037"), "TA105-024"),
    "lower case": (ERA.lower(), "TA105-022"),
    "lower case behind ISA": (ISA + b"\n" + REST.lower(), "TA105-022"),
    "ISA without widths": (b"*".join(part.strip() for part in ISA.split(b"*")) + REST, "TA105-022"),
    "ISA without an element": (without(ISA, 3) + REST, "TA105-022"),
    "ISA with an element more": (ISA.replace(b"*00*", b"*00**00*", 1) + REST, "TA105-022"),
    "ISA masked": (b"ISA*00*XXX*00*XXX*ZZ*XX*ZZ*XX*XXXXXX*XXXX*^*00501*XXXXXXXXX*0*P*:~" + REST, "TA105-014"),
    "ISA without terminator": (ISA[:105] + REST, "TA105-004"),
    "blanks around terminators": (ERA.replace(b"~", b" ~ "), "TA105-004"),
    "a mail around it": (
        b"From: a@b.c\r\nSubject: the ISA file\r\nContent-Type: text/plain\r\n\r\nHere is ISA:\r\n" + ERA + b"\r\nBye",
        "TA105-024",
    ),
    "a page around it": (b"<html><pre>" + ERA + b"</pre></html>", "TA105-024"),
    "quoted": (b'"' + ERA + b'"', "TA105-024"),
    "segment ids in small letters": (
        ISA + re.sub(rb"(?<=~)(CLP|CAS|SVC|NM1|SE)(?=\*)", lambda id: id[0].lower(), REST),
        "IK304-1",
    ),
    "blanks behind segment ids": (ISA + re.sub(rb"(?<=~)(CLP|CAS|SVC|NM1|SE)(?=\*)", rb"\1 ", REST), "IK304-1"),
    "blanks behind ids of the envelope": (ISA + re.sub(rb"(GS|GE|IEA)(?=\*)", rb"\1 ", REST), "TA105-022"),
    "no ISA": (REST, "TA105-022"),
    "padded values": (ISA + re.sub(rb"(?<=\*)([^*~]+)(?=[*~])", rb" \1  ", REST), "IK403-7"),
    "no ST": (re.sub(rb"ST\*835[^~]*~", b"", ERA), "IK502-1"),
    "version 4010": (ERA.replace(b"*^*00501", b"*U*00401"), "TA105-017"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name: str) -> None:
    assert summaries(HARMLESS[name]) == [SUMMARY]
    assert {code for code in codes(HARMLESS[name]) if code != "IK403-6"} == set()


@pytest.mark.parametrize("name", FAULTY)
def test_faulty(name: str) -> None:
    data, code = FAULTY[name]
    found = summaries(data)
    if name.startswith("lower case"):
        assert [each["version"] for each in found] == ["005010X221A1"]
    assert found == [SUMMARY]
    assert code in codes(data)


def errors(data: bytes) -> list[tuple[str, str, str, int]]:
    found = (each for each in examine(data) if isinstance(each, Finding) and each.is_error)
    return [(each.code, each.loop, each.segment, each.position) for each in found]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"~CLP*7722337", b"~ CLP*7722337", 1),
        lambda data: data.replace(b"*226*132**12*119932404007801~", b"*226*132**12*119932404007801 ~", 1),
    ],
    ids=["before its id", "behind its last element"],
)
def test_blanks_on_the_line_of_a_segment_are_told_where_they_are_and_read_over(
    change: Callable[[bytes], bytes],
) -> None:
    data = change(ERA)
    position = next(at for at, text in enumerate(REST.split(b"~")[1:], 1) if text.startswith(b"CLP*7722337"))
    assert data != ERA and summaries(data) == [SUMMARY]
    assert set(errors(data)) - set(errors(ERA)) == {("REQ-TRAILING", "2100", "CLP", position)}
    indented = ERA.replace(b"~CLP*7722337", b"~\n  CLP*7722337")
    assert errors(indented) == errors(ERA)


def test_a_group_behind_its_interchange_is_told_and_counted() -> None:
    group = REST[: REST.index(b"IEA*")]
    assert summaries(ERA + group) == [SUMMARY, SUMMARY]
    assert codes(ERA) == {} and codes(ERA + group)["TA105-024"] == 1


@pytest.mark.parametrize("terminator", [b"~", b"\n", b"\r\n", b"|"])
def test_a_file_that_begins_with_st(terminator: bytes) -> None:
    data = REST[REST.index(b"ST*") :].replace(b"~", terminator)
    assert summaries(data) == [{**SUMMARY, "version": ""}]
    assert codes(data)["TA105-022"]


@pytest.mark.parametrize(
    "data",
    [
        ERA + ERA.replace(b"*", b"|").replace(b"~", b"\n"),
        ERA[: ERA.index(b"IEA")] + ERA.replace(b"*", b"|"),
        ERA[: ERA.index(b"SE*")] + ERA,
        ERA.rstrip(b"~") + b"\n" + ERA,
        ERA.rstrip(b"~") + ERA,
        ERA + b"what is this\n" + ERA,
        ERA + REST,
        ERA[: ERA.index(b"GE*")] + REST[REST.index(b"ST*") :],
    ],
    ids=["delimiters", "no IEA", "no SE", "no terminator", "nothing between", "noise", "no second ISA", "two sets"],
)
def test_several_interchanges(data: bytes) -> None:
    assert summaries(data) == [SUMMARY, SUMMARY]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1,234.50", 123_450),
        (".5", 50),
        ("-.5", -50),
        ("1E3", 100_000),
        ("XXX", 0),
        ("", 0),
        ("$7", 700),
        ("5-", -500),
        ("7.", 700),
        ("+7", 700),
        ("(7.25)", -725),
        ("$-7", -700),
        ("-$7", -700),
        (" 7 ", 700),
        ("-7-", 0),
        ("(7", 0),
    ],
)
def test_amounts_of_every_spelling(text: str, cents: int) -> None:
    data = ERA.replace(b"CLP*7722337*1*226*", f"CLP*7722337*1*{text}*".encode(), 1)
    assert summaries(data)[0]["charge_cents"] == 281_900 - 22_600 + cents


def test_totals_of_a_remittance_with_everything() -> None:
    """CAS with six triplets, at claim and line; PLB with two pairs; a reversal."""
    triplets = b"*".join(b"%d*%d.01*1" % (reason, reason) for reason in range(1, 7))
    body = (
        b"CLP*A*22*-100*-60**12*1~CAS*CO*" + triplets + b"~CLP*B*1*100*60**12*2~SVC*HC:99213*100*60~CAS*PR*1*40~"
        b"PLB*1*20261231*WO:1*-12.5*L6:2*.75~"
    )
    data = REST[: REST.index(b"CLP*")] + body + b"SE*1*35681~GE*1*1~IEA*1*000000195~"
    found = summaries(ISA + data)[0]
    assert (found["charge_cents"], found["paid_cents"]) == (0, 0)
    assert found["adjustment_cents"] == 2100 + 6 + 4000
    assert found["plb_cents"] == -1175
    assert found["statuses"] == {"1": 1, "22": 1}


def test_a_claim_acknowledgement_counts_each_claim_once() -> None:
    claim = (
        "HL*4*3*PT~NM1*QC*1*D*J~TRN*2*{0}~STC*A3:21*20260401*U*{1}~STC*A3:116*20260401*U*{1}~SVC*HC:1*5~STC*A3:21**U*5~"
    )
    data = (
        ISA + b"GS*HN*A*B*20260401*1200*1*X*005010X214~ST*277*0001*005010X214~BHT*0085*08*1*20260401*1200*TH~"
        b"HL*1**20*1~TRN*1*9~HL*2*1*21*1~TRN*2*8~STC*A1:19*20260401*WQ*99~HL*3*2*19*1~TRN*1*7~"
        + claim.format("1", "10.5").encode()
        + claim.format("2", "20").encode()
        + b"SE*1*0001~GE*1*1~IEA*1*000000195~"
    )
    (found,) = summaries(data)
    assert (found["set"], found["claims"], found["lines"]) == ("277CA", 2, 2)
    assert (found["charge_cents"], found["statuses"]) == (3050, {"A3": 2})
    masked = data.replace(b"005010X214", b"XXXXXXXXXX")
    assert summaries(masked)[0]["set"] == "277CA"


def test_a_997_is_summarised() -> None:
    data = (
        ISA + b"GS*FA*A*B*20260401*1200*1*X*004010~ST*997*0001~AK1*HC*1~AK2*837*0001~AK5*A~AK2*837*0002~AK5*R*5~"
        b"AK9*P*2*2*1~SE*8*0001~GE*1*1~IEA*1*000000195~"
    )
    assert summaries(data) == [
        {**SUMMARY, "set": "997", "version": "004010", "claims": 0, "lines": 0, "charge_cents": 0, "paid_cents": 0,
         "adjustment_cents": 0, "statuses": {"A": 1, "R": 1}}
    ]  # fmt: skip


@pytest.mark.parametrize("length", ["12", "9", "99999999", "0"])
def test_a_binary_segment_is_cut_by_its_length(length: str) -> None:
    data = ISA + b"ST*275*0001~BIN*" + length.encode() + b"*GE*1*1~IEA*1~SE*3*0001~IEA*0*000000195~"
    found = list(Tokenizer(data, Report()))
    binary = next(segment for segment in found if segment[0] == "BIN")
    if length == "12":
        assert binary == ["BIN", "12", "GE*1*1~IEA*1"]
        assert [segment[0] for segment in found] == ["ISA", "ST", "BIN", "SE", "IEA"]
    assert binary[1] == length


@pytest.mark.parametrize("name", FILES)
def test_every_example_can_be_shown_and_answered(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.write_bytes(FILES[name])
    assert main(["summary", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] >= 0
    assert main(["validate", str(path)]) in (0, 1)
    assert main(["show", str(path)]) == 0


def mutated(seed: int) -> bytes:
    rng = random.Random(seed)
    data = bytearray(rng.choice(list(FILES.values())))
    tokens = (
        *(b"~", b"*", b":", b"^", b"\n", b"\0", b"\xff", b"ISA*", b"~ISA*00*", b"~IEA*1*1~", b"~SE*1*1~", b"~GE*1*1~"),
        *(
            b"~ST*835*1~",
            b"~ST*837*1~",
            b"~ST*277*1*005010X214~",
            b"GS*HP*",
            b"BIN*5*",
            b"BDS*ASC*99*",
            b"~HL*1**20*1~",
        ),
        *(b"~CLP*1*22*", b"~CAS*CO*45*", b"~PLB*1*2*3*4~", b"-.5", b"1e9", b"\xef\xbb\xbf", b"\xff\xfe"),
    )
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[at : at + rng.randint(1, 300)]
            case 2:
                data[at:at] = data[rng.randrange(len(data) + 1) :][: rng.randint(1, 300)]
            case 3:
                data[at:at] = rng.choice(tokens)
            case 4:
                data = bytearray(bytes(data).replace(rng.choice(tokens[:5]), rng.choice(tokens[:5])))
    return bytes(data)


def use_all(data: bytes) -> None:
    """Everything that takes a file; every finding says where it is, or what is missing."""
    for each in examine(data):
        if isinstance(each, Finding):
            assert each.code
            assert each.message
            assert each.action
            assert each.segment or each.position or each.code.startswith(("TA105", "AK905", "IK502"))
    assert [
        each.as_dict() for each in examine(io.BytesIO(data), rules=False) if isinstance(each, Summary)
    ] == summaries(data)
    for remittance in remittance_835.stream(data):
        assert remittance.balances in (True, False)
    list(show(data))
    ack_999.acknowledge(data)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_mutated_files_never_raise(seed: int) -> None:
    use_all(mutated(seed))


@given(data=st.binary(max_size=2000), begin=st.sampled_from([b"", ISA, ISA + b"GS*HP*", ERA[:900], b"ISA*", b"GS*HP*"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_never_raise(data: bytes, begin: bytes) -> None:
    use_all(begin + data)


BARE = REST[: REST.index(b"LX*")]
NOTHING = {"claims": 0, "lines": 0, "charge_cents": 0, "paid_cents": 0, "adjustment_cents": 0, "statuses": {}}


@pytest.mark.parametrize(
    ("body", "sums"),
    [
        (b"PLB*1*20261231*WO:1*-5.25*72*+1.00*FB*1E1~", {"plb_cents": 575}),
        (b"CLP~CLP*A~CLP*A*1~", {"claims": 3, "statuses": {"": 2, "1": 1}}),
        (
            b"CLP*A*1*100*0**12*9~" + b"".join(b"CAS*CO*%d*5~" % at for at in range(20)),
            {"claims": 1, "charge_cents": 10_000, "adjustment_cents": 10_000, "statuses": {"1": 1}},
        ),
        (b"CAS*CO*45~CAS*CO~CAS~CAS*CO*45*1*2*50*3.5~", {"adjustment_cents": 450}),
        (b"SVC*HC:99213*100*50~SVC*HC:1~SVC~SVC*XXXX*XXXX*XXXX~", {"lines": 4}),
        (
            b"CLP*XXXX*XX*XXXX*XXX.XX*XXX*XX*XXXX~CLP*A* 1 *$1,000.00*(5.00)~",
            {"claims": 2, "charge_cents": 100_000, "paid_cents": -500, "statuses": {"1": 1, "XX": 1}},
        ),
        (
            b"CLP*A*1*999999999999999999*123456789012345.67~",
            {
                "claims": 1,
                "charge_cents": 99_999_999_999_999_999_900,
                "paid_cents": 12_345_678_901_234_567,
                "statuses": {"1": 1},
            },
        ),
    ],
    ids=["PLB alone", "empty CLP", "twenty CAS", "short CAS", "short SVC", "masked", "eighteen digits"],
)
def test_what_is_short_or_odd_is_added_up(body: bytes, sums: dict[str, object]) -> None:
    data = ISA + BARE + body + b"SE*1*35681~GE*1*1~IEA*1*000000195~"
    assert summaries(data) == [{**SUMMARY, **NOTHING, **sums}]
    use_all(data)
