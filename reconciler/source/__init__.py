"""Where desired state comes from: a revision and its files, from a local directory or a git remote.

A source is read whole (`read`) and says when to read again (`watch`). It never judges what the files say,
and it never gives an empty `Tree` in place of an error: an empty tree means that nothing is desired.
"""

from reconciler.source.directory import DirectorySource
from reconciler.source.git import GitSource
from reconciler.source.signers import Signers
from reconciler.source.tree import MAX_FILE_BYTES, Source, SourceError, SourceFile, Tree

__all__ = ["MAX_FILE_BYTES", "DirectorySource", "GitSource", "Signers", "Source", "SourceError", "SourceFile", "Tree"]
