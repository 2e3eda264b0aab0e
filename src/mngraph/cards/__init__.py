"""What a graph states of one thing, put together to be read: any resource, or a study."""
