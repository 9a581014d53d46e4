"""All mapped classes in one place, so that whoever needs the whole schema has it."""

from alphanest_db.models.base import Base
from alphanest_db.models.market_booth import MarketBooth
from alphanest_db.models.nft_item import NftItem
from alphanest_db.models.subscription import Subscription
from alphanest_db.models.trade import Trade
from alphanest_db.models.user import User

# Parents before children: the order in which rows can be put in.
MODELS: tuple[type[Base], ...] = (User, Subscription, Trade, MarketBooth, NftItem)
metadata = Base.metadata
