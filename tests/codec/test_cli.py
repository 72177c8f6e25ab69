"""The command line, as a person or a script meets it."""

import io
import json
from pathlib import Path

import pytest
from x12 import ack_999, claim_837p, claim_ack_277ca, remittance_835, ta1
from x12.cli import main

from tests.codec.makers import Maker

EXAMPLES = Path(__file__).parent / "examples"
SECONDARY = str(EXAMPLES / "835/X221-secondary-payments.edi")
BROKEN = str(EXAMPLES / "errors/error_validation.edi")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_summary_of_a_remittance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", SECONDARY]) == 0
    assert lines(capsys) == [
        {
            "file": SECONDARY,
            "transactions": [
                {
                    "set": "835", "version": "005010X221A1", "claims": 2, "lines": 2, "charge_cents": 1_107_514,
                    "paid_cents": 122_200, "adjustment_cents": 985_314, "plb_cents": 0, "statuses": {"2": 2},
                }
            ],
            "findings": 0,
        }
    ]  # fmt: skip


def test_summary_takes_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in sorted(EXAMPLES.glob("*/*.*"))]
    assert main(["summary", *files]) == 0
    assert [line["file"] for line in lines(capsys)] == files


def test_summary_agrees_with_the_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    maker = Maker(41)
    sets, remittance = maker.claim_sets(1, 5), maker.remittance(1, 5)
    answer, acknowledgement = maker.claim_acknowledgement(1, 6), maker.implementation_acknowledgement(1)
    path = tmp_path / "all.edi"
    path.write_bytes(
        claim_837p.write(maker.envelope(), sets)
        + remittance_835.write(maker.envelope(), [remittance])
        + claim_ack_277ca.write(maker.envelope(), [answer])
        + ack_999.write(maker.envelope(), [acknowledgement])
        + ta1.write(maker.envelope(), [maker.interchange_acknowledgement()])
    )
    assert main(["summary", str(path)]) == 0
    claim, era, status, ack, interchange = lines(capsys)[0]["transactions"]
    assert (claim["set"], claim["claims"]) == ("837", 5)
    assert claim["charge_cents"] == sum(each.charge_cents for each in sets[0].claims)
    assert claim["lines"] == sum(len(each.service_lines) for each in sets[0].claims)
    assert era["paid_cents"] == sum(each.paid_cents for each in remittance.claims)
    assert era["plb_cents"] == sum(each.amount_cents for each in remittance.provider_adjustments)
    assert era["paid_cents"] - era["plb_cents"] == remittance.payment.amount_cents
    assert era["charge_cents"] - era["adjustment_cents"] == era["paid_cents"]
    assert (status["set"], status["claims"]) == ("277CA", len(answer.claims))
    assert sum(status["statuses"].values()) == len(answer.claims)
    assert sum(ack["statuses"].values()) == len(acknowledgement.responses)
    assert interchange["set"] == "TA1"


def test_validate_says_what_is_wrong_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", BROKEN]) == 1
    found = lines(capsys)
    assert {"IK502-4", "IK502-3", "TA105-001"} <= {each["code"] for each in found}
    wanted = {
        "file",
        "severity",
        "code",
        "snip",
        "loop",
        "segment",
        "position",
        "element",
        "value",
        "message",
        "action",
    }
    assert all(wanted <= set(each) for each in found)


def test_validate_finds_what_does_not_balance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "era.edi"
    path.write_bytes(Path(SECONDARY).read_bytes().replace(b"BPR*I*1222*", b"BPR*I*1223*"))
    assert main(["validate", str(path)]) == 1
    errors = [each for each in lines(capsys) if each["severity"] == "error"]
    assert [(each["code"], each["snip"]) for each in errors] == [("BAL-TRANSACTION", 3)]


def test_validate_is_silent_on_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    """No error; that its year is long gone, and one of its codes, is worth a warning."""
    assert main(["validate", SECONDARY]) == 0
    assert {each["severity"] for each in lines(capsys)} == {"warning"}


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", SECONDARY]) == 0
    shown = capsys.readouterr().out
    assert "charge 585.00, allowed 500.00, paid 280.00, adjustments PR-1 150.00, PR-2 70.00, CO-42 85.00" in shown


def test_show_every_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    maker = Maker(42)
    path = tmp_path / "all.edi"
    path.write_bytes(
        claim_837p.write(maker.envelope(), maker.claim_sets(1, 5))
        + claim_ack_277ca.write(maker.envelope(), [maker.claim_acknowledgement(1, 6)])
        + ack_999.write(maker.envelope(), [maker.implementation_acknowledgement(1)])
        + ta1.write(maker.envelope(), [maker.interchange_acknowledgement()])
    )
    assert main(["show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("TA1 interchange", "999 on group", "277CA set", "837P set", "claim PCN"))


def test_ack(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = EXAMPLES / "837p/X222-ambulance.edi"
    assert main(["ack", "--control-number", "77", str(path)]) == 0
    parsed = ack_999.read(capfdbinary.readouterr().out)
    assert parsed.findings == ()
    assert parsed.groups[0].envelope.interchange_control_number == 77
    assert parsed.groups[0].envelope.receiver_id == claim_837p.read(path.read_bytes()).groups[0].envelope.sender_id
    assert [each.ack_code for each in parsed.transaction_sets] == ["A"]


def test_ack_of_a_refused_interchange_is_a_ta1(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["ack", BROKEN]) == 0
    assert [each.ack_code for each in ta1.read(capfdbinary.readouterr().out)[0]] == ["R"]


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "no-such-file"]) == 2
    assert "no-such-file" in capsys.readouterr().err


def test_a_file_that_is_not_there_keeps_none_of_the_others_from_being_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", SECONDARY, "no-such-file", str(EXAMPLES), SECONDARY]) == 2
    captured = capsys.readouterr()
    assert [json.loads(line)["file"] for line in captured.out.splitlines()] == [SECONDARY, SECONDARY]
    assert "no-such-file" in captured.err
    assert main(["validate", "no-such-file", BROKEN]) == 2
    assert capsys.readouterr().out


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Stdin:
        buffer = io.BytesIO(Path(SECONDARY).read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert main(["summary", "-"]) == 0
    assert lines(capsys)[0]["transactions"][0]["claims"] == 2


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("summary", "validate", "show", "ack"))
