"""Long lists of names, written without quotes."""


def words(*lines: str) -> list[str]:
    return " ".join(lines).split()
