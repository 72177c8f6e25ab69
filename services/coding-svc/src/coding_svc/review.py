"""A coder's edits on a code sheet: accept, change, reject, add. The sheet before is never changed."""

from __future__ import annotations

from typing import Final

from codesets.icd10cm import Release

from coding_svc.domain import MAX_DIAGNOSES_PER_ENCOUNTER, MAX_POINTERS_PER_LINE
from coding_svc.schemas.review import CodeEdit
from coding_svc.sheet import CodeSheet, SheetCandidate, SheetDiagnosis, SheetLine

RULE: Final = "coder.decision"


class EditRefused(ValueError):
    """An edit cannot be carried out: `code`, JSON `pointer` into the decision, `hint`."""

    def __init__(self, code: str, pointer: str, hint: str) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer
        self.hint = hint


def apply_edits(sheet: CodeSheet, edits: tuple[CodeEdit, ...]) -> CodeSheet:
    """The sheet after the edits, in their order. Raises EditRefused for the first that cannot be carried out."""
    draft = _Draft(sheet)
    for position, edit in enumerate(edits):
        draft.apply(edit, f"/edits/{position}")
    return draft.released()


def refuse_unbillable(sheet: CodeSheet, release: Release | None) -> None:
    """Raise EditRefused for a coder's diagnosis that no claim of that date of service can hold.

    Without a loaded release the coder's word stands: that is why the encounter came here.
    """
    for item in sheet.diagnoses:
        if release is not None and item.origin == "coder" and not release.is_billable(item.code):
            hint = f"{item.ref} is no billable code of ICD-10-CM {release.name}: choose one with all its characters."
            raise EditRefused("review.code-not-billable", "/edits", hint)


class _Draft:
    """The lists under work."""

    def __init__(self, sheet: CodeSheet) -> None:
        self._sheet = sheet
        self._diagnoses = list(sheet.diagnoses)
        self._lines = list(sheet.lines)
        self._added = 0

    def apply(self, edit: CodeEdit, pointer: str) -> None:
        """Carry out one edit."""
        if edit.action == "add":
            self._add(edit, pointer)
        elif edit.ref is not None and edit.ref.startswith("c"):
            self._candidate(edit, pointer)
        elif edit.action == "reject":
            self._reject(edit, pointer)
        elif edit.action == "change":
            self._change(edit, pointer)
        else:
            self._find(edit, pointer)

    def released(self) -> CodeSheet:
        """The finished sheet; refuses what no claim can hold."""
        if not self._diagnoses or not self._lines:
            hint = "A release needs a diagnosis and a service line; decide `close` if there is nothing to bill."
            raise EditRefused("review.nothing-left", "/edits", hint)
        if len(self._diagnoses) > MAX_DIAGNOSES_PER_ENCOUNTER:
            raise EditRefused("review.too-many-diagnoses", "/edits", "An encounter holds at most fifty diagnoses.")
        known = {item.code for item in self._diagnoses}
        lines = [self._pointed(line, known) for line in self._lines]
        return self._sheet.model_copy(
            update={"route": "auto", "reasons": (), "diagnoses": tuple(self._diagnoses), "lines": tuple(lines)}
        )

    def _pointed(self, line: SheetLine, known: set[str]) -> SheetLine:
        codes = tuple(code for code in line.diagnosis_codes if code in known)[:MAX_POINTERS_PER_LINE]
        if not codes:
            hint = f"Every service line needs a diagnosis: change {line.ref} and give diagnosis_codes."
            raise EditRefused("review.pointer-missing", "/edits", hint)
        return line.model_copy(update={"diagnosis_codes": codes})

    def _find(self, edit: CodeEdit, pointer: str) -> int:
        """Position of the item in its list."""
        of_diagnosis = (edit.ref or "").startswith("d")
        refs = [item.ref for item in self._diagnoses] if of_diagnosis else [item.ref for item in self._lines]
        if edit.ref in refs:
            return refs.index(edit.ref)
        raise EditRefused("review.ref-unknown", f"{pointer}/ref", "Take `ref` from GET /v1/review/{id}.")

    def _add(self, edit: CodeEdit, pointer: str) -> None:
        self._added += 1
        if edit.diagnosis is not None:
            self._new_diagnosis(edit.diagnosis, f"d{len(self._sheet.diagnoses) + self._added}", edit, pointer)
        elif edit.procedure is not None:
            self._new_line(edit.procedure, f"l{len(self._sheet.lines) + self._added}", edit)

    def _new_diagnosis(self, code: str, ref: str, edit: CodeEdit, pointer: str) -> None:
        if any(item.code == code for item in self._diagnoses):
            raise EditRefused("review.code-present", f"{pointer}/diagnosis", "The diagnosis is on the sheet already.")
        made = SheetDiagnosis(ref=ref, code=code, confidence=1, rule=RULE, auto=True, origin="coder")
        self._diagnoses.insert(edit.position - 1 if edit.position else len(self._diagnoses), made)

    def _new_line(self, code: str, ref: str, edit: CodeEdit) -> None:
        made = SheetLine(
            ref=ref,
            code=code,
            system="HCPCS" if code[0].isalpha() else "CPT",
            confidence=1,
            rule=RULE,
            auto=True,
            origin="coder",
        )
        self._lines.append(_with(made, edit))

    def _candidate(self, edit: CodeEdit, pointer: str) -> None:
        """accept or change makes the candidate a code; reject leaves it where it is."""
        found = next((item for item in self._sheet.candidates if item.ref == edit.ref), None)
        if found is None:
            raise EditRefused("review.ref-unknown", f"{pointer}/ref", "Take `ref` from GET /v1/review/{id}.")
        if edit.action == "reject":
            return
        self._added += 1
        if found.system == "ICD-10-CM":
            ref = f"d{len(self._sheet.diagnoses) + self._added}"
            self._new_diagnosis(edit.diagnosis or found.code, ref, edit, pointer)
            self._diagnoses = [_evidenced(item, found) if item.ref == ref else item for item in self._diagnoses]
        else:
            self._new_line(edit.procedure or found.code, f"l{len(self._sheet.lines) + self._added}", edit)
            self._lines[-1] = self._lines[-1].model_copy(update={"evidence": found.evidence, "title": found.title})

    def _reject(self, edit: CodeEdit, pointer: str) -> None:
        position = self._find(edit, pointer)
        if (edit.ref or "").startswith("d"):
            del self._diagnoses[position]
        else:
            del self._lines[position]

    def _change(self, edit: CodeEdit, pointer: str) -> None:
        position = self._find(edit, pointer)
        if (edit.ref or "").startswith("d"):
            self._change_diagnosis(position, edit, pointer)
        elif edit.diagnosis is not None:
            raise EditRefused("review.wrong-kind", f"{pointer}/diagnosis", "A service line takes `procedure`.")
        else:
            changed = _with(self._lines[position], edit)
            self._lines[position] = changed.model_copy(update={"origin": "coder", "rule": RULE, "confidence": 1.0})

    def _change_diagnosis(self, position: int, edit: CodeEdit, pointer: str) -> None:
        if edit.procedure is not None or edit.modifiers is not None or edit.units is not None:
            raise EditRefused("review.wrong-kind", pointer, "A diagnosis takes `diagnosis` and `position` only.")
        before = self._diagnoses.pop(position)
        code = edit.diagnosis or before.code
        if any(item.code == code for item in self._diagnoses):
            raise EditRefused("review.code-present", f"{pointer}/diagnosis", "The diagnosis is on the sheet already.")
        update = {"code": code, "origin": "coder", "rule": RULE, "confidence": 1.0, "title": ""}
        after = before.model_copy(update=update if code != before.code else {})
        self._diagnoses.insert(edit.position - 1 if edit.position else position, after)
        self._lines = [_repointed(line, before.code, code) for line in self._lines]


def _with(line: SheetLine, edit: CodeEdit) -> SheetLine:
    given = {
        "code": edit.procedure,
        "modifiers": edit.modifiers,
        "units": edit.units,
        "diagnosis_codes": edit.diagnosis_codes,
    }
    return line.model_copy(update={name: value for name, value in given.items() if value is not None})


def _evidenced(item: SheetDiagnosis, candidate: SheetCandidate) -> SheetDiagnosis:
    return item.model_copy(update={"evidence": candidate.evidence, "title": candidate.title})


def _repointed(line: SheetLine, before: str, after: str) -> SheetLine:
    codes = tuple(after if code == before else code for code in line.diagnosis_codes)
    return line.model_copy(update={"diagnosis_codes": codes})
