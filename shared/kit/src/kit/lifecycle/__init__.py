"""From settings to a running process: roles, tasks, health, an orderly end."""

from kit.lifecycle.run import run
from kit.lifecycle.service import Service

__all__ = ["Service", "run"]
