"""The reviewed set of icons: 24 by 24 line drawings, named by what they say, never user input."""

from typing import Final

ICONS: Final[dict[str, str]] = {
    "alert": '<path d="M12 3.5L1.8 20.5h20.4z"/><path d="M12 10v5M12 17.6v.4"/>',
    "back": '<path d="m15 5-7 7 7 7"/>',
    "building": '<path d="M4 21V8l8-5 8 5v13M9 21v-6h6v6M2 21h20"/>',
    "check": '<path d="M5 12.5 10 17.5 19.5 7"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/>',
    "cross": '<path d="m6 6 12 12M18 6 6 18"/>',
    "document": '<path d="M6 2.5h8l4 4V21.5H6zM14 2.5v4h4"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M4 20h16"/>',
    "eye": (
        '<path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z"/>'
        '<circle cx="12" cy="12" r="2.8"/>'
    ),
    "flag": '<path d="M5 21V4h13l-3 4 3 4H5"/>',
    "forward": '<path d="m9 5 7 7-7 7"/>',
    "help": (
        '<circle cx="12" cy="12" r="9"/>'
        '<path d="M9.4 9.4a2.7 2.7 0 1 1 3.8 2.6c-.8.4-1.2.9-1.2 1.9M12 17v.2"/>'
    ),
    "home": '<path d="M3 11.5L12 4l9 7.5M6 10v10h12V10"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>',
    "keypad": (
        '<rect x="4" y="3" width="16" height="18" rx="2"/>'
        '<path d="M8 7.5h8M8 12h.1M12 12h.1M16 12h.1M8 16h.1M12 16h.1M16 16h.1"/>'
    ),
    "list": '<path d="M8 6h13M8 12h13M8 18h13M3 6h.1M3 12h.1M3 18h.1"/>',
    "lock": (
        '<rect x="5" y="11" width="14" height="9" rx="1.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>'
    ),
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "offline": (
        '<path d="M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5.2 12.3a9.5 9.5 0 0 1 4-2.3'
        "M18.8 12.3a9.5 9.5 0 0 0-3.3-2.1M2 9a14 14 0 0 1 4.5-2.8"
        'M22 9a14 14 0 0 0-9-3.7M12 19.2v.1"/>'
    ),
    "phone": (
        '<path d="M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1'
        'A15 15 0 0 1 4 5a1 1 0 0 1 1-1z"/>'
    ),
    "pin": (
        '<path d="M12 21s7-6.5 7-11.5a7 7 0 0 0-14 0C5 14.5 12 21 12 21z"/>'
        '<circle cx="12" cy="9.5" r="2.5"/>'
    ),
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "qr": ('<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v2M14 20h2M18 18h2v2"/>'),
    "refresh": ('<path d="M20 7v5h-5M4 17v-5h5M19 12a7 7 0 0 0-12.5-3M5 12a7 7 0 0 0 12.5 3"/>'),
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "shield": (
        '<path d="M12 3.5 5 6v6c0 4.2 3 7.2 7 8.5 4-1.3 7-4.3 7-8.5V6z"/>'
        '<path d="m9 12 2.3 2.3L15.3 10"/>'
    ),
    "slip": '<rect x="5" y="3" width="14" height="18" rx="1.5"/><path d="M9 8h6M9 12h6M9 16h3"/>',
    "smartphone": (
        '<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M9.8 12.2l1.8 1.8 3-3.6"/>'
    ),
    "store": (
        '<path d="M4 10v10h16V10M3 10l2-6h14l2 6M3 10a3 3 0 0 0 6 0 3 3 0 0 0 6 0 '
        '3 3 0 0 0 6 0M10 20v-6h4v6"/>'
    ),
    "wallet": (
        '<path d="M4 7h15a1 1 0 0 1 1 1v11H5a1 1 0 0 1-1-1zM4 7l12-3v3'
        'M20 11.5h-4.5a2 2 0 0 0 0 4H20"/>'
    ),
}
