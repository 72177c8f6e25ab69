"""The claim on paper: the CMS-1500 form (02/12), and the same as a page that people read.

`layout` says where each field stands, `filling` what goes into it, `printing` puts both together for a printer that
holds the red form, `page` makes a readable page of it. The form itself belongs to its printer and is not drawn.
"""

from claim_builder.cms1500.filling import Form, fill
from claim_builder.cms1500.page import as_html
from claim_builder.cms1500.printing import Misfit, Offset, as_print_page, as_text, misfits

__all__ = ["Form", "Misfit", "Offset", "as_html", "as_print_page", "as_text", "fill", "misfits"]
