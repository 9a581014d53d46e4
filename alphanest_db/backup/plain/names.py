"""Names as pg_dump writes them, as regular expressions."""

IDENTIFIER = rb'(?:"(?:[^"]|"")+"|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*)'
NAME = rb"%b(?:\.%b)*" % (IDENTIFIER, IDENTIFIER)
