"""What an adjustment means and what to do about a denial: a data table and its look-up."""

from followup_svc.denials.playbook import Playbook, Ruling

__all__ = ["Playbook", "Ruling"]
