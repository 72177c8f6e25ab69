"""Dated medical code sets, looked up by date of service.

    from codesets import icd10cm
    release = icd10cm.on(date(2026, 5, 1))     # None: no release is loaded for that date
    release.is_billable("E11.22"), release.title("E11.22"), release.excludes1("E11.22")

Importing is cheap: every table is read on first use.
"""
