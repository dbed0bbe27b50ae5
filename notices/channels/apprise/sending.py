import json

from notices.channels import guard
from notices.channels.apprise import library
from notices.channels.apprise.addresses import check_door, check_host, schema_of
from notices.channels.base import Accepted, ChannelDown, ChannelError, NotOurs, Parcel, said_by
from notices.channels.http import Unreachable


class Sender:
    def send(self, parcel: Parcel) -> Accepted:
        """An address is of one room: that it does not let us in says nothing about the others."""
        try:
            check_door(parcel.secret)
            check_host(parcel.secret)
        except (ValueError, guard.NotAllowed) as error:
            raise ChannelError(str(error), permanent=True) from error
        except OSError as error:
            raise Unreachable(f"{parcel.address} cannot be reached: {said_by(error)}") from error
        if not parcel.may_leave():
            raise NotOurs
        said = json.loads(parcel.content)
        try:
            return library.notify(
                parcel.secret, title=said["title"], body=said["body"], service=schema_of(parcel.secret)
            )
        except ChannelDown as error:
            raise ChannelError(str(error), permanent=True) from error

    def close(self) -> None:
        pass
