"""All SQL of this service, one module per aggregate; every statement works on a whole batch."""
