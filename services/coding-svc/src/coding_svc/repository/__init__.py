"""All SQL of the service: `intake` writes what the EMR sends, `coding` what coding makes of it, `reading` answers."""
