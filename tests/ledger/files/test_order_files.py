"""Segments of orders: appended to, durable, private, picky about what they follow."""

from pathlib import Path

import pytest

from ledger.files.order_files import SEGMENT, Lined, OrderFiles, OrdersBroken
from ledger.formats.order import NOTHING, Order, OrderRef

KEY = bytes(range(32))


def chain(count: int, after: OrderRef = NOTHING) -> list[Lined]:
    made = []
    for number in range(after.number + 1, after.number + count + 1):
        order = Order.make(
            *(number, "token.revoked", None, b"{}"),
            before=after.digest,
            generation=1,
            key=KEY,
        )
        made.append(Lined(order.ref, after.digest, order.line))
        after = order.ref
    return made


def lines(files: OrderFiles, after: int = 0) -> list[bytes]:
    return [line for each in files.segments(after) for line in each.lines]


@pytest.fixture
def files(tmp_path: Path) -> OrderFiles:
    return OrderFiles(tmp_path / "orders")


def test_what_is_appended_is_read_in_order(files: OrderFiles) -> None:
    orders = chain(7)
    files.append(orders[:3])
    files.append(orders[3:])
    assert lines(files) == [each.line for each in orders]


def test_appending_again_changes_nothing(files: OrderFiles) -> None:
    orders = chain(5)
    files.append(orders[:4])
    OrderFiles(files.folder).append(orders[1:])
    files.append(orders)
    assert lines(files) == [each.line for each in orders]


def test_a_segment_ends_and_the_next_begins_with_the_head(files: OrderFiles) -> None:
    orders = chain(SEGMENT + 3)
    files.append(orders[:10])
    files.append(orders[10:])
    first, second = files.segments()
    assert (len(first.lines), len(second.lines)) == (SEGMENT, 3)
    assert second.head == orders[SEGMENT - 1].ref.digest
    assert lines(files, after=SEGMENT) == [each.line for each in orders[SEGMENT:]]
    assert len(list(files.segments(SEGMENT - 1))) == 2


@pytest.mark.parametrize("torn", [b"", b"{", b'{"body":"half'])
def test_what_a_crash_left_after_the_last_newline_is_cut_off(
    files: OrderFiles, torn: bytes
) -> None:
    orders = chain(4)
    files.append(orders[:2])
    (segment,) = files.segments()
    with segment.path.open("ab") as file:
        file.write(torn)
    assert lines(files) == [each.line for each in orders[:2]]
    OrderFiles(files.folder).append(orders[2:])
    assert lines(files) == [each.line for each in orders]


def test_a_segment_that_a_crash_left_without_a_header_is_begun_again(
    files: OrderFiles,
) -> None:
    orders = chain(2)
    files.folder.mkdir()
    (files.folder / "000000000001.orders").write_bytes(b'{"first"')
    files.append(orders)
    assert lines(files) == [each.line for each in orders]


def test_what_does_not_follow_is_not_written(files: OrderFiles) -> None:
    orders = chain(5)
    files.append(orders[:2])
    with pytest.raises(OrdersBroken, match="lacks what order 4 follows"):
        files.append(orders[3:])
    assert len(lines(files)) == 2


def test_another_order_of_a_number_is_found(files: OrderFiles) -> None:
    orders = chain(3)
    files.append(orders)
    other = Lined(OrderRef(3, bytes(32)), orders[1].ref.digest, b"{}")
    with pytest.raises(OrdersBroken, match="order 3 in the mirror is another one"):
        files.append([other])


def test_folder_and_segments_are_their_owners_alone(files: OrderFiles) -> None:
    files.append(chain(1))
    assert files.folder.stat().st_mode & 0o777 == 0o700
    (segment,) = files.segments()
    assert segment.path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_place_of_a_segment_is_not_followed(
    files: OrderFiles, tmp_path: Path
) -> None:
    orders = chain(2)
    files.append(orders[:1])
    (segment,) = files.segments()
    elsewhere = tmp_path / "elsewhere"
    segment.path.rename(elsewhere)
    segment.path.symlink_to(elsewhere)
    with pytest.raises(OSError, match=r"symbolic|loop|levels"):
        OrderFiles(files.folder).append(orders[1:])


def test_what_is_no_segment_is_named_and_not_read(files: OrderFiles) -> None:
    files.append(chain(1))
    stray = files.folder / ("ab" * 16 + ".json")
    stray.write_bytes(b'{"subject":"00","v":1}')
    assert files.strays() == [stray.name]
    assert len(lines(files)) == 1


def test_a_segment_of_another_number_has_no_header_of_its_own(
    files: OrderFiles,
) -> None:
    files.append(chain(1))
    (segment,) = files.segments()
    segment.path.rename(files.folder / "000000000002.orders")
    with pytest.raises(OrdersBroken, match="header"):
        list(files.segments())
