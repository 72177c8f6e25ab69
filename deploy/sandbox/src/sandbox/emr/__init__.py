"""The sandbox EMR: a day of encounters, notes from a folder, and load; posted to coding-svc, followed to their end."""
