"""What a graph states about one thing, put together to be read: any resource, or a study."""
