"""The assistant that can only quote: exact passages of a cited library, or silence."""
