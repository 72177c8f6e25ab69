"""What `make run` starts: PostgreSQL, Kafka, Zipkin, the four services and the sandbox."""
