"""What pages say about plans, notices and messages. Everything here reads; nothing here changes anything."""
