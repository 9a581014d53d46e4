"""What goes wrong with a file that is damaged, or made to do harm."""

import lzma
import tarfile
import zipfile
import zlib

import zstandard
from isal.igzip_lib import IsalError

from alphanest_db.accounts.key_form import with_keys_hidden
from alphanest_db.accounts.texts import shortened
from alphanest_db.errors import ProgramFailed

# What a damaged or hostile file makes the libraries raise; RuntimeError is zipfile's word for a password.
DAMAGED: tuple[type[Exception], ...] = (  # type: ignore[assignment] # zstandard's types take its error for a value
    EOFError, OSError, zlib.error, IsalError, lzma.LZMAError, zstandard.ZstdError, tarfile.TarError,
    zipfile.BadZipFile, RuntimeError, NotImplementedError, UnicodeError, ValueError, ProgramFailed,
)  # fmt: skip


def reason_of(error: Exception) -> str:
    """Why a file could not be read, in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RuntimeError) and "password required" in str(error):
        return "it is encrypted"
    # Some libraries quote what they stumble over, which can be all of a file.
    return shortened(with_keys_hidden(str(error))) or type(error).__name__
