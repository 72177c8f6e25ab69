"""Makes varied, valid models of every transaction from a seed, the same for the same seed."""

from tests.codec.makers_ack import AckMaker
from tests.codec.makers_attachment import AttachmentMaker
from tests.codec.makers_institutional import InstitutionalMaker
from tests.codec.makers_remittance import RemittanceMaker


class Maker(InstitutionalMaker, RemittanceMaker, AckMaker, AttachmentMaker):
    """One seed, all transactions."""
