"""Documents: letters as PDF in a limited child process, proof of their glyphs, seal, attachments, pictures."""
