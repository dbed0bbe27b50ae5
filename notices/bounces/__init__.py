"""What a mail that came back says: read from its bytes alone, without a database."""
