"""What programs that are not ours say of a PDF."""

import asyncio


async def told(*command: str) -> str:
    """Return what another tool says of a file; it must have ended well."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()
