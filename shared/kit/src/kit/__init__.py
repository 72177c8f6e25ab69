"""The technical floor of the services: messaging, api, telemetry, database, clock."""
