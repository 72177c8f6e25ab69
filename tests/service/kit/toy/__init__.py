"""A package with migrations, as a service has them."""
