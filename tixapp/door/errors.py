"""What can go wrong at a door.

PairingUnknown   422   the code is wrong, was used, or is too old
WrongPin         403
TooLate          409   an undo after a minute, or by another phone
GateTaken        409   two gates of one name
"""

from tixapp.core.errors import Conflict, Forbidden, Invalid


class PairingUnknown(Invalid):
    code = "pairing_unknown"


class WrongPin(Forbidden):
    code = "wrong_pin"


class TooLate(Conflict):
    code = "too_late"


class GateTaken(Conflict):
    code = "gate_taken"
