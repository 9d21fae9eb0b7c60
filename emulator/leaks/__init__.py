"""The leak lab: does any user of an API see, change or even learn of what another one has?"""
