"""The Django side: pages, sockets, admin and what is kept. Never imports torch."""
