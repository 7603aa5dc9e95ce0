"""Where uploaded pictures are kept: a folder, or whatever speaks S3's protocol."""

from .base import NothingStored, Storage, StorageUnavailable
from .folder import FolderStorage
from .s3 import S3Storage

__all__ = ["FolderStorage", "NothingStored", "S3Storage", "Storage", "StorageUnavailable"]
