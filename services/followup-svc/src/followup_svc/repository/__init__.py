"""All SQL of the service. One statement per table and batch, whatever the number of rows."""
