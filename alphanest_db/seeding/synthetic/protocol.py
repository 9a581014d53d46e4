"""What stands between rows: before each piece of a block in a pipe of ours, and around all rows of a binary COPY."""

import struct

HEADER = "<II"  # how many rows, how many bytes
HEADER_BYTES = struct.calcsize(HEADER)
END_OF_BLOCK = struct.pack(HEADER, 0, 0)

# PostgreSQL's documentation of COPY, "Binary Format": signature, flags, length of an extension; and the end.
BINARY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_END = struct.pack(">h", -1)
