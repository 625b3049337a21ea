"""What a program and its companion say to each other: lines of JSON, [verb, what it is about…].

begin root run names hold · write root run text · end root run · drop root run · finish root · cancel root, as
`Narrator` takes them, with numbers for roots and runs · interrupt · bye: all has been told, and is to be said
to its end · hush: silence. The companion says nothing but TOLD, when it goes and has told the user why.
"""

__all__ = ["BYE", "HUSH", "TOLD"]

BYE = b'["bye"]\n'
HUSH = b'["hush"]\n'
TOLD = b"told\n"
