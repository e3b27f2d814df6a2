// SPDX-License-Identifier: MIT
#pragma once

#include "pages/page.h"

class QListWidget;
class QSpinBox;
class QStackedWidget;
class QVBoxLayout;
class QLabel;
class QPushButton;

namespace gr::ui {

class Segments;
class Switch;

// Categories left, their settings right. Every change takes effect at once, or says when it does.
class SettingsPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SettingsPage)

  public:
    explicit SettingsPage(const PageContext& context, QWidget* parent = nullptr);
    QWidget* firstFocus() override;
    void showAbout();

  private:
    QVBoxLayout* addCategory(const QString& icon, const QString& title);
    void addSetting(QVBoxLayout* column, const QString& title, const QString& explanation,
                    QWidget* control);
    QSpinBox* addDays(int least, const QString& name,
                      std::optional<unsigned> SettingsPatch::*patched,
                      unsigned SettingsView::*shown);
    void makeGeneral();
    void addAutostart(QVBoxLayout* column);
    void makeAppearance();
    void makeGateway();
    void makePrivacy();
    void makeAbout();
    void showSettings();
    void savePort();
    void showAppearance();

    QListWidget* m_categories;
    QStackedWidget* m_stack;
    QSpinBox* m_port = nullptr;
    QPushButton* m_savePort = nullptr;
    QSpinBox* m_keepDays = nullptr;
    QSpinBox* m_keepAnswers = nullptr;
    QLabel* m_bodies = nullptr;
    QLabel* m_address = nullptr;
    Segments* m_theme = nullptr;
    Segments* m_textSize = nullptr;
};

}  // namespace gr::ui
