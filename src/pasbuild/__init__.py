"""pasbuild: the projet d'aménagement stratégique of a SCoT, from text sources to PDF and DOCX."""

__version__ = '0.1.0'
