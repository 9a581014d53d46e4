"""What stands before each piece of a block in a pipe between two processes."""

import struct

HEADER = "<II"  # how many rows, how many bytes
HEADER_BYTES = struct.calcsize(HEADER)
END_OF_BLOCK = struct.pack(HEADER, 0, 0)
