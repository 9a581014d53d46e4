"""A change in up to three revisions: what comes in at once, what is built while the application works, and what goes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from alembic.operations.ops import DowngradeOps, MigrateOperation, MigrationScript, UpgradeOps
from alembic.util import rev_id
from sqlalchemy import Connection

from alphanest_db.schema.authoring.operations import AutocommitBlock

Operations = list[MigrateOperation]
_PURPOSES = ("build", "validate", "drop")


@dataclass
class Stage:
    """One revision. The blocks run first and outside of a transaction, the bodies in one with the new revision's id.

    The lists of the way back are in the order of the way there, and are turned round at the end, group by group.
    """

    block: Operations = field(default_factory=list)
    body: Operations = field(default_factory=list)
    undo_blocks: list[Operations] = field(default_factory=list)
    undo_bodies: list[Operations] = field(default_factory=list)
    purposes: set[str] = field(default_factory=set)

    def is_empty(self) -> bool:
        """True where there is nothing to do."""
        return not self.block and not self.body

    def purpose(self) -> str:
        """What it does, in a few words."""
        return ", ".join(purpose for purpose in _PURPOSES if purpose in self.purposes)

    def upgrade(self) -> UpgradeOps:
        """The way there."""
        return UpgradeOps([*_blocks(self.block), *self.body])

    def downgrade(self) -> DowngradeOps:
        """The way back."""
        return DowngradeOps([*_blocks(_turned(self.undo_blocks)), *_turned(self.undo_bodies)])


@dataclass
class Stages:
    """The three of a change to the connection's database, in the order in which they are applied."""

    connection: Connection
    expand: Stage = field(default_factory=Stage)
    build: Stage = field(default_factory=Stage)
    contract: Stage = field(default_factory=Stage)

    def scripts(self, template: MigrationScript) -> list[MigrationScript]:
        """A revision for each stage that has something to do; the first has the template's id and place."""
        scripts: list[MigrationScript] = []
        for stage in (self.expand, self.build, self.contract):
            if not stage.is_empty():
                scripts.append(_script(stage, template, scripts[-1] if scripts else None))
        return scripts


def _script(stage: Stage, template: MigrationScript, parent: MigrationScript | None) -> MigrationScript:
    if parent is None:
        template.upgrade_ops, template.downgrade_ops = stage.upgrade(), stage.downgrade()
        return template
    return MigrationScript(
        rev_id(), stage.upgrade(), stage.downgrade(), message=f"{template.message}: {stage.purpose()}",
        imports=set(), head=parent.rev_id, version_path=template.version_path,
    )  # fmt: skip


def _blocks(operations: Operations) -> Iterator[AutocommitBlock]:
    if operations:
        yield AutocommitBlock(operations)


def _turned(groups: list[Operations]) -> Operations:
    return [op for group in reversed(groups) for op in group]
