"""How far the store of trials goes: what it costs here, measured, and a simulation of many workers from that."""
