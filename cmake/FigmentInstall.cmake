include(GNUInstallDirs)
install(TARGETS figment RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY styles presets data DESTINATION ${CMAKE_INSTALL_DATADIR}/figment)
