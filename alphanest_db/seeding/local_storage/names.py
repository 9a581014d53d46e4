"""Who has which name, without regard to case: there is no index for that, and reading all users for each file takes long."""

from alphanest_db.seeding.local_storage.questions import Questions


class Names:
    """Keeps `import_names`: at least the names in question, and the table may tell names that users had before.

    All names are read once where nobody else writes to the database between two files, which the numbers of transactions tell;
    else those of each file's records are looked for among all users.
    """

    def __init__(self, questions: Questions) -> None:
        questions.ask_once("names")
        self._questions = questions
        self._are_all = False
        self._are_new = False  # read in the transaction that is under way
        self._looked_for = False
        self._expected = 0

    def know(self) -> None:
        """Have the names of the staged records in the table; to be called again when others are locked out."""
        [(done_to, is_alone, own)] = self._questions.answers("undisturbed")
        is_undisturbed = is_alone and done_to <= self._expected
        self._are_all = self._are_all and is_undisturbed
        if not self._are_all:
            self._look(is_quiet=is_undisturbed and not self._looked_for)
        self._expected = max(done_to, own + 1) if is_alone else 0

    def file_ended(self, *, is_in: bool) -> None:
        """What was read in a transaction that was rolled back is no longer in the table."""
        self._are_all = self._are_all and (is_in or not self._are_new)
        self._are_new = self._looked_for = False

    def _look(self, *, is_quiet: bool) -> None:
        if is_quiet:
            self._questions.ask_once("names_of_all")
            self._are_all = self._are_new = True
        else:
            self._questions.ask("names_of_file")
            self._looked_for = True
